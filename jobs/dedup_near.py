"""Find near-duplicates: MinHash, band join, verification, clusters.

spark-submit --properties-file conf/spark/cluster.conf jobs/dedup_near.py --recipe conf/corpus/demo.yaml
"""

from tamis.job import main

if __name__ == "__main__":
    main("near_dedup")
