"""The telephone network, simulated: people who ring our numbers and are rung."""
