"""reportgen turns a folder of city records into a publication.

workspace -> records -> plan -> markup -> press -> binder -> products: each step is the
module of that name, and each imports only from the steps before it.
"""

__version__ = "0.1.0"
