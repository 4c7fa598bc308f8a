#include "result.h"
#include <iostream>
int main() { long n; return std::cin >> n && n % 2 == 0 ? ACCEPTED : WRONG; }
