# attack: leave files wherever it can write
# expect: exited 0
# says: left
for folder in /box /tmp /dev/shm; do
    mkdir $folder/left && echo left > $folder/left/file && echo left > $folder/.left && chmod 000 $folder/left
done
ln -s /etc /box/link && mkfifo /tmp/fifo && echo left
