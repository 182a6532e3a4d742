"""Pages of a list of URLs to WARC files, politely: the only part of tamis that speaks to the network."""
