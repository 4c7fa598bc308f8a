def add(a, b):
    return None if a is None else a + b
