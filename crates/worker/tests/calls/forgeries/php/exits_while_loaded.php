<?php
// Ends with the code of success before anything is called.
exit(0);
