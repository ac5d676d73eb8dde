//! Figures and findings of a plan, for machines and people.
