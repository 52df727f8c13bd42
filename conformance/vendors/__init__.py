"""One folder per vendor: ``vendor.json``, its cases by heading, and a package that signs and reads (``DIALECT``)."""
