IFS= read -r name
printf 'Hello, %s! Come in.\n' "$name"
