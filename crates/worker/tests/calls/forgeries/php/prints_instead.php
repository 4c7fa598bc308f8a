<?php
// Prints the right words instead of returning them.
function longest($words) {
    $lengths = array_map('strlen', $words);
    $word = $words[array_search(max($lengths), $lengths)];
    echo json_encode(['value' => ['word' => $word, 'mean' => array_sum($lengths) / count($words)]]);
}
