-- From the bottom, in steps that are halved each time.
local n = io.read("n", "l")
local below, step = 0, 512
while true do
    local cave = math.min(below + step, n)
    print(cave)
    io.stdout:flush()
    local answer = io.read("l")
    if answer == "gold" then break end
    if answer == "higher" then below = cave end
    step = math.max(step // 2, 1)
end
