"""What commands have in common as processes: signals, exits, memory, standard input and output."""
