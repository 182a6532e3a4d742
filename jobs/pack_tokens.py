"""Tokenise the corpus and pack it into shard files.

spark-submit --properties-file conf/spark/cluster.conf jobs/pack_tokens.py --recipe conf/corpus/demo.yaml
"""

from tamis.job import main

if __name__ == "__main__":
    main("tokens")
