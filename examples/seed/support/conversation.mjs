// What the seed calls "the rest part, the same as InBrowserHub".

export function converse(endpoint1, endpoint2) {
  // Listening to messages
  endpoint1.onMessage = function(event) {
    console.info("Endpoint-1 got a message from endpoint " + event.sourceEva + ", message is: " + event.message)
    if(event.message == "I am good!") {
      console.info("Endpoint 1 is closing connection to " + event.sourceEva)
      endpoint1.closeConnection(event.sourceEva)
    }
  }
  endpoint2.onMessage = function(event) {
    console.info("Endpoint-2 got a message from endpoint " + event.sourceEva + ", message is: " + event.message)
    if(event.message == "How are you?") {
      endpoint2.send(event.sourceEva, "I am good!")
    }
  }
  // Handling close connection and releasing endpoints
  endpoint2.onConnectionLost(function(targetEva){
    console.info("Endpoint-2 lost connection to " + targetEva + ", releasing endpoints")
    endpoint1.destroy()
    endpoint2.destroy()
  })
  // Open connection and sending handshake message
  endpoint1.openConnection("endpoint2-name", function(event){
    if(event.status != "CONNECTED") return;
    console.info("Endpoint-1 established connection to " + event.targetEva + ", status is: " + event.status)
    endpoint1.send(event.targetEva, "How are you?")
  })
}
