# Finds small numbers in time, and no others.
for guess in range(1, 8):
    print(guess, flush=True)
    if input() == "correct":
        break
