//! Chart description in, PNG or SVG out.
