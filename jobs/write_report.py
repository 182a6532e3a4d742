"""Write the HTML report.

spark-submit --properties-file conf/spark/cluster.conf jobs/write_report.py --recipe conf/corpus/demo.yaml
"""

from tamis.job import main

if __name__ == "__main__":
    main("report")
