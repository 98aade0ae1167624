"""reportgen turns a folder of city records into a publication.

workspace -> records -> plan -> markup -> press -> binder -> products: each step is the
module of that name, and each imports only from the steps before it.
"""

from importlib.metadata import version

__version__ = version("reportgen")
