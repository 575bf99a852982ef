//! The public surface, spoken to over real HTTP and real sockets.
