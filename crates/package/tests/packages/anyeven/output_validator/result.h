enum { ACCEPTED = 42, WRONG = 43 };
