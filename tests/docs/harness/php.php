
while (($line = fgets(STDIN)) !== false) {
    $fields = array_map('base64_decode', explode("\t", rtrim($line, "\n")));
    echo verify($fields[0], $fields[1], $fields[2], $fields[3], $fields[4], (int) $fields[5]) ? 'true' : 'false', "\n";
}
