"""Find equal documents and paragraphs.

spark-submit --properties-file conf/spark/cluster.conf jobs/dedup_exact.py --recipe conf/corpus/demo.yaml
"""

from tamis.job import main

if __name__ == "__main__":
    main("exact_dedup")
