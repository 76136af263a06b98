/** Most tests wait for processes and sockets: two files at a time, on however few cores, and time for a machine that is busy. */
export default { test: { maxWorkers: 2, testTimeout: 20_000 } };
