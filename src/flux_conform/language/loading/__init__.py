"""The parts of a specification file, each with the module that reads it.

`flux_conform.language.loader` puts them together. What is faulty is noted and left out.
"""
