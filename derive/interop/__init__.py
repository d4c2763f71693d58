"""The way from and to SymPy's expressions; imported only when one is given or asked for."""
