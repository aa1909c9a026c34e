"""The suite's processes: started together, watched, moved through time, stopped in order."""
