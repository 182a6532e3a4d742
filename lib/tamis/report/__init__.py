"""What happened to a corpus, in numbers and pictures: one HTML page."""
