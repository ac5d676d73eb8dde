
const rgb = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
