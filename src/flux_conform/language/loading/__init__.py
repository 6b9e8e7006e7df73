"""The parts of a specification file, each read into the values that it stands for.

`flux_conform.language.loader` puts them together. Whatever is faulty is noted and left out.
"""
