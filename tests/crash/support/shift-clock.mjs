// Loaded before the program: its clock goes wrong by CLOCK_SHIFT_MS milliseconds.
const shiftMs = Number(process.env['CLOCK_SHIFT_MS'] ?? 0);
const realNow = Date.now;
Date.now = () => realNow() + shiftMs;
