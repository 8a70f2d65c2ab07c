//! Sessions, holidays and closing times of the New York exchanges.
