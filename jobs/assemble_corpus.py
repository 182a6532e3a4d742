"""Decide who stays, and write removals, cuts and the corpus.

spark-submit --properties-file conf/spark/cluster.conf jobs/assemble_corpus.py --recipe conf/corpus/demo.yaml
"""

from tamis.job import main

if __name__ == "__main__":
    main("assemble")
