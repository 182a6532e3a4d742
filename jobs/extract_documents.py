"""Extract the text of the pending inputs.

spark-submit --properties-file conf/spark/cluster.conf jobs/extract_documents.py --recipe conf/corpus/demo.yaml
"""  # noqa: E501 - a command to paste stays on one line

from tamis.job import main

if __name__ == "__main__":
    main("extract")
