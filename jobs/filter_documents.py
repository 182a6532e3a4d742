"""Hold the signals against the recipe's rules: decisions as rows.

spark-submit --properties-file conf/spark/cluster.conf jobs/filter_documents.py --recipe conf/corpus/demo.yaml
"""

from tamis.job import main

if __name__ == "__main__":
    main("filter")
