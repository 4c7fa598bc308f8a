<?php
// Knows the answer.
function longest($words) {
    $lengths = array_map('strlen', $words);
    return ['word' => $words[array_search(max($lengths), $lengths)], 'mean' => array_sum($lengths) / count($words)];
}
