//! Maximal Poisson-disc sampling on triangle meshes.
