"""Measure the signals that the recipe's rules and keeper name.

spark-submit --properties-file conf/spark/cluster.conf jobs/measure_signals.py --recipe conf/corpus/demo.yaml
"""

from tamis.job import main

if __name__ == "__main__":
    main("signals")
