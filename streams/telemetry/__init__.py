"""What the machine room tells its operators: metrics as data, and logs without private text."""
