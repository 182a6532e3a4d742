"""Run all stages of a recipe that are not done yet.

spark-submit --properties-file conf/spark/cluster.conf jobs/run_recipe.py --recipe conf/corpus/demo.yaml
"""

from tamis.job import main

if __name__ == "__main__":
    main(None)
