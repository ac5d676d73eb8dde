//! The second opinion: reads programs back with code of its own and judges them.
