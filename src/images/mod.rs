//! Images of products: taken with limits, kept on disk, served in sizes.
