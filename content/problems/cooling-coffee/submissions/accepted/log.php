<?php
[$t0, $e, $k, $t] = array_map('floatval', explode(' ', trim(fgets(STDIN))));
if ($t == $t0) {
    echo "0\n";
} elseif (($t0 - $t) * ($t - $e) > 0) {
    echo log(($t0 - $e) / ($t - $e)) / $k, "\n";
} else {
    echo "never\n";
}
