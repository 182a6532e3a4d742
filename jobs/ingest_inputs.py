"""Fix the list of inputs as a batch of the ledger.

spark-submit --properties-file conf/spark/cluster.conf jobs/ingest_inputs.py --recipe conf/corpus/demo.yaml
"""

from tamis.job import main

if __name__ == "__main__":
    main("ingest")
