def largest(numbers):
    found = numbers[0]
    for number in numbers:
        if number > found:
            found = number
    return found
