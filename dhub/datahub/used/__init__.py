"""What makes a catalogue look used: who reads what, what ran, what broke. All of it is fiction."""
