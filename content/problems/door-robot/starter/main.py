name = input()
# Now greet the visitor.
