# attack: folders so deep that who removes them runs out of stack, or of path
# expect: diskLimit
import os

for _ in range(3000):
    os.mkdir("d" * 100)
    os.chdir("d" * 100)
