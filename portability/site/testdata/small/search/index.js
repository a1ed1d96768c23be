var godwitChunks=1,godwitPosts=7;
