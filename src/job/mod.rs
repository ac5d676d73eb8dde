//! Runs the stages in order and puts the files in place.
