<?php
[$n, $broken] = explode("\n", stream_get_contents(STDIN));
$pattern = '';
foreach (['A', 'a', '0'] as $first) {
    $character = $first;
    while (str_contains($broken, $character)) {
        $character = chr(ord($character) + 1);
    }
    $pattern .= $character;
}
echo substr(str_repeat($pattern, (int) $n), 0, (int) $n), "\n";
